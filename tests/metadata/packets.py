"""XMP as cameras and programs write it: packets of properties, and the extended packet of a JPEG."""

import base64
import hashlib
import struct

PREFIXES = {
    "Camera": "http://pix4d.com/camera/1.0/",
    "Container": "http://ns.google.com/photos/1.0/container/",
    "GCamera": "http://ns.google.com/photos/1.0/camera/",
    "GDepth": "http://ns.google.com/photos/1.0/depthmap/",
    "GImage": "http://ns.google.com/photos/1.0/image/",
    "GPano": "http://ns.google.com/photos/1.0/panorama/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "Item": "http://ns.google.com/photos/1.0/container/item/",
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "own": "https://example.org/something/of/its/own",
    "aux": "http://ns.adobe.com/exif/1.0/aux/",
    "acdsee-rs": "http://ns.acdsee.com/regions/",
    "acdsee-stArea": "http://ns.acdsee.com/sType/Area#",
    "acdsee-stDim": "http://ns.acdsee.com/sType/Dimensions#",
    "crs": "http://ns.adobe.com/camera-raw-settings/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "drone-dji": "http://www.dji.com/drone-dji/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "hdrgm": "http://ns.adobe.com/hdr-gain-map/1.0/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "photomechanic": "http://ns.camerabits.com/photomechanic/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpGImg": "http://ns.adobe.com/xap/1.0/g/img/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "xmpTPg": "http://ns.adobe.com/xap/1.0/t/pg/",
}


def xmp(*properties):
    """A packet of these properties."""
    names = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in PREFIXES.items())
    content = "\n".join(properties)
    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        f'{names}>{content}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def simple(**values):
    """Properties with one value each, named `prefix_name`."""
    named = ((name.replace("_", ":", 1), value) for name, value in values.items())
    return "".join(f"<{name}>{value}</{name}>" for name, value in named)


def xmp_sizes(size, orientation=1):
    return simple(
        tiff_ImageWidth=size[0],
        tiff_ImageLength=size[1],
        tiff_Orientation=orientation,
        exif_PixelXDimension=size[0],
        exif_PixelYDimension=size[1],
    )


def xmp_samples():
    """How the pixels of a TIFF are stored."""
    bits = "<tiff:BitsPerSample><rdf:Seq>" + "<rdf:li>16</rdf:li>" * 3 + "</rdf:Seq></tiff:BitsPerSample>"
    return bits + simple(tiff_Compression=5, tiff_SamplesPerPixel=3, tiff_PhotometricInterpretation=2)


def xmp_face(size, face):
    """A face as the Metadata Working Group and as Microsoft note it, in shares of the edges."""
    left, top, right, bottom = (edge / size[n % 2] for n, edge in enumerate(face))
    x, y, w, h = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
    return (
        f'<mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions stDim:w="{size[0]}" '
        f'stDim:h="{size[1]}" stDim:unit="pixel"/><mwg-rs:RegionList><rdf:Bag><rdf:li '
        f'rdf:parseType="Resource"><mwg-rs:Name>Ana</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type><mwg-rs:Area '
        f'stArea:x="{x:.6f}" stArea:y="{y:.6f}" stArea:w="{w:.6f}" stArea:h="{h:.6f}" '
        f'stArea:unit="normalized"/></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>'
        f'<MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag><rdf:li '
        f'rdf:parseType="Resource"><MPReg:Rectangle>{left:.6f}, {top:.6f}, {w:.6f}, {h:.6f}</MPReg:Rectangle>'
        f"<MPReg:PersonDisplayName>Ana</MPReg:PersonDisplayName></rdf:li></rdf:Bag></MPRI:Regions>"
        f"</MP:RegionInfo>"
    )


def xmp_subject(face):
    """The subject as EXIF has it."""
    left, top, right, bottom = face
    numbers = ((left + right) // 2, (top + bottom) // 2, right - left, bottom - top)
    items = "".join(f"<rdf:li>{number}</rdf:li>" for number in numbers)
    return f"<exif:SubjectArea><rdf:Seq>{items}</rdf:Seq></exif:SubjectArea>"


def xmp_region(face):
    """The face as IPTC has it, in pixels."""
    left, top, right, bottom = face
    fields = {"Shape": "rectangle", "Unit": "pixel"}
    fields |= {"X": left, "Y": top, "W": right - left, "H": bottom - top}
    named = "".join(f"<Iptc4xmpExt:rb{key}>{value}</Iptc4xmpExt:rb{key}>" for key, value in fields.items())
    return (
        f'<Iptc4xmpExt:ImageRegion><rdf:Bag><rdf:li rdf:parseType="Resource"><Iptc4xmpExt:RegionBoundary '
        f'rdf:parseType="Resource">{named}</Iptc4xmpExt:RegionBoundary><Iptc4xmpExt:rId>1</Iptc4xmpExt:rId>'
        f"</rdf:li></rdf:Bag></Iptc4xmpExt:ImageRegion>"
    )


def xmp_acdsee(size, face):
    """The face as ACDSee has it."""
    left, top, right, bottom = (edge / size[n % 2] for n, edge in enumerate(face))
    area = {"x": (left + right) / 2, "y": (top + bottom) / 2, "w": right - left, "h": bottom - top}
    area = " ".join(f'acdsee-stArea:{edge}="{share:.6f}"' for edge, share in area.items())
    return (
        f'<acdsee-rs:Regions rdf:parseType="Resource"><acdsee-rs:AppliedToDimensions '
        f'acdsee-stDim:w="{size[0]}" acdsee-stDim:h="{size[1]}" acdsee-stDim:unit="pixel"/>'
        f'<acdsee-rs:RegionList><rdf:Bag><rdf:li rdf:parseType="Resource"><acdsee-rs:Name>Ana'
        f"</acdsee-rs:Name><acdsee-rs:DLYArea {area}/></rdf:li></rdf:Bag></acdsee-rs:RegionList>"
        f"</acdsee-rs:Regions>"
    )


def xmp_lens(size):
    """A drone's lens, as it was calibrated: for each pixel of the edge, 10 of focal length."""
    return simple(
        **{
            "drone-dji_CalibratedFocalLength": size[0] * 10,
            "drone-dji_CalibratedOpticalCenterX": size[0] / 2,
            "drone-dji_CalibratedOpticalCenterY": size[1] / 2,
            "drone-dji_DewarpData": "2018-09-04;3666.6,3672.5,10.8,-16.8",
            "Camera_PrincipalPoint": "2.28,1.80",
        }
    )


def xmp_page(size):
    return f'<xmpTPg:MaxPageSize stDim:w="{size[0]}" stDim:h="{size[1]}" stDim:unit="Pixels"/>'


def xmp_sensor(across, down):
    return simple(exif_FocalPlaneXResolution=f"{across}/1", exif_FocalPlaneYResolution=f"{down}/1")


def xmp_masks():
    """A gradient, a brush and a retouched spot, for Camera Raw."""
    mask = '<rdf:li><rdf:Description crs:What="Correction" crs:LocalExposure2012="0.5"/></rdf:li>'
    spot = "<rdf:li>centerX = 0.43, centerY = 0.51, radius = 0.02</rdf:li>"
    lists = {"GradientBasedCorrections": mask, "PaintBasedCorrections": mask, "RetouchInfo": spot}
    return "".join(f"<crs:{name}><rdf:Seq>{item}</rdf:Seq></crs:{name}>" for name, item in lists.items())


def xmp_crop_of_photo_mechanic(size):
    left, right = size[0] // 10, size[0] * 9 // 10
    return simple(photomechanic_CropLeft=left, photomechanic_CropRight=right)


def xmp_panorama(size):
    return simple(
        GPano_ProjectionType="equirectangular",
        GPano_UsePanoramaViewer="True",
        GPano_FullPanoWidthPixels=size[0],
        GPano_FullPanoHeightPixels=size[1],
        GPano_CroppedAreaImageWidthPixels=size[0],
        GPano_CroppedAreaImageHeightPixels=size[1],
        GPano_CroppedAreaLeftPixels=0,
        GPano_CroppedAreaTopPixels=0,
    )


def xmp_crop():
    return simple(crs_HasCrop="True", crs_CropTop="0.1", crs_CropLeft="0.1", crs_CropRight="0.9")


def xmp_motion(length):
    return simple(
        GCamera_MotionPhoto=1,
        GCamera_MotionPhotoVersion=1,
        GCamera_MotionPhotoPresentationTimestampUs=500,
        GCamera_MicroVideo=1,
        GCamera_MicroVideoOffset=length,
    ) + xmp_directory(("MotionPhoto", "video/mp4", length))


def xmp_directory(*items):
    """The directory of what follows the picture in the file."""
    item = '<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="{}" Item:Mime="{}" {}/></rdf:li>'
    listed = item.format("Primary", "image/jpeg", 'Item:Padding="0"')
    listed += "".join(item.format(kind, mime, f'Item:Length="{length}"') for kind, mime, length in items)
    return f"<Container:Directory><rdf:Seq>{listed}</rdf:Seq></Container:Directory>"


def xmp_thumbnail(jpeg):
    image = base64.b64encode(jpeg).decode()
    return (
        f'<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType="Resource"><xmpGImg:format>JPEG</xmpGImg:format>'
        f"<xmpGImg:image>{image}</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>"
    )


def xmp_own(jpeg):
    """Pictures in a namespace that nobody knows: in lines, in a list, and in a comment."""
    image = base64.encodebytes(jpeg).decode()
    return (
        f"<own:preview>{image}</own:preview><own:all><rdf:Bag><rdf:li>data:image/jpeg;base64,{image}</rdf:li>"
        f"</rdf:Bag></own:all><!-- {image} -->"
    )


def xmp_sealed():
    """Notes of Google's HDR+, which only Google can read."""
    return simple(GCamera_HdrPlusMakernote=base64.b64encode(b"HDRP\x02" + bytes(range(200))).decode())


def xmp_depth(jpeg):
    image = base64.b64encode(jpeg).decode()
    return simple(
        GImage_Mime="image/jpeg", GImage_Data=image, GDepth_Format="RangeInverse", GDepth_Data=image
    )


def extended(packet, properties):
    """The name of an extended packet, to stand in the main one, and the segments of the extended one."""
    rest = xmp(properties)
    name = hashlib.md5(rest).hexdigest().upper()
    pieces = range(0, len(rest), 60_000)
    head = b"http://ns.adobe.com/xmp/extension/\0" + name.encode() + struct.pack(">I", len(rest))
    segments = [(0xE1, head + struct.pack(">I", at) + rest[at : at + 60_000]) for at in pieces]
    named = packet.replace(b"</rdf:Description></rdf:RDF>", f"<xmpNote:HasExtendedXMP>{name}"
        "</xmpNote:HasExtendedXMP></rdf:Description></rdf:RDF>".encode())
    return named, segments
